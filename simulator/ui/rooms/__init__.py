"""A class in one room: its code, who leads, who follows."""
