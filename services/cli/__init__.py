"""The command line `kopilka`: reads arguments, runs what stands in the other packages, prints what came of it."""
