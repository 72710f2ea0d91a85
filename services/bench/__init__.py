"""The benches of `kopilka bench`: each compares things in turn within one run, and tells ratios with their spread."""
