"""The demo beyond its drawing: a city that grows around the study area to Zhengzhou's own outline, quarter by quarter.

The world is the same for every size: a larger city is a larger cut-out of it.
"""
