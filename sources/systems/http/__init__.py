"""The source system `http`: a web API over generated tables, on loopback, for hostile clients.

`handler` receives requests within bounds, `api` decides what they are answered; a module for each other concern.
"""
