"""What a language model is taught with: examples made from posts that may be used for it, each with where it comes from.

It makes examples and knows nothing of how a model learns from them (`model/finetune`, `model/preference`).
"""
