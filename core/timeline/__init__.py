"""The timeline: one stream per customer, its rows written in the transaction of the act they tell."""
