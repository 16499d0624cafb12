"""Phase diagram: order and chaos over weight and bias variance."""
