"""Whom and where: what is known of a page and, where they allow it, of a person; never a special category.

matching.py     a search query, met or not by one post; conditions.py the operators that a single post answers
"""
