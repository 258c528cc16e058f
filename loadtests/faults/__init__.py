"""A lesson on a whole deployment, of which one part after the other fails: is anything lost, doubled, reordered?"""
