"""A package, so that its browsers are closed before the next folder's tests begin."""
