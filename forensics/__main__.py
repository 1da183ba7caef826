"""``python -m forensics``: the same as the ``catforensics`` command."""

from forensics.cli import main

if __name__ == "__main__":
    main()
