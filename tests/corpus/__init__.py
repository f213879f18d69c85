"""Tests of the corpus; a package, so that its files may be called what files elsewhere are called."""
