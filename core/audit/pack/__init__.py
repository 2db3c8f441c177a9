"""What is put into every evidence pack as it is: the program that checks it, and what it says of itself."""
