"""The price book: dated list prices, the names of models, and what one call costs."""
