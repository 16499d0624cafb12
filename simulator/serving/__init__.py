"""Serving many visitors, for which Streamlit is not needed."""
