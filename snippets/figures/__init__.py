"""The figures that the pages show: one module a chapter."""
