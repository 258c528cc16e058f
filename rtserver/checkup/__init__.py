"""What an operator is told before pupils find out: do the settings make sense, and is there what they name?"""
