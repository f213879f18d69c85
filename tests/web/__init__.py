"""The web app, in a real browser and as it is written."""
