"""The telecom vertical: subscribers, their lines, retention and the rules of contacting them."""
