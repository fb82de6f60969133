"""The documentation's site: `make docs`."""

project = "orderlake"
extensions = ["myst_parser"]
exclude_patterns = ["schemas/**"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_title = "orderlake"
html_copy_source = False
highlight_language = "none"
suppress_warnings = ["misc.highlighting_failure"]
