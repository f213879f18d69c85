"""Ad images and pictures without a diffusion model: composed of type, colour, photos and illustrations; checked, measured, signed.

`compose` is the way in. What it cannot do: draw what no drawing or photo shows.
"""
