"""One file a system; each measures it beside its peers and writes results/NAME.json."""
