"""Files the product carries: the data lists."""
