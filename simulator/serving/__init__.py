"""What a server needs and Streamlit need not know."""
