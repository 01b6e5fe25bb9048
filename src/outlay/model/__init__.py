"""The nouns of outlay. This floor imports nothing of ours."""
