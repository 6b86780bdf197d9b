"""Ways to answer: each turns named tensors into named tensors, or fails and says so."""
