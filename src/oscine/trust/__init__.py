"""What makes trust checkable: purging what was deleted and searching for it by bytes, certificates, what is held about a person, what is published."""
