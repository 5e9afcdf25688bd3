"""The script that Streamlit runs for every visit; all of it is in app/view.py."""

from app.view import show

if __name__ == "__main__":
    show()
