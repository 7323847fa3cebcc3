"""The bedside page.

    Feed --Entry--> State (pure) --frames--> Pushes --one text for all--> WebSocket --> static/page.js
    static/page.js --POST, JSON--> app --> recorder.execute / alerts.acknowledge, pause

`words` are the fixed words for causes and flags. `tile` is what one seat knows of itself, `card` one open
alert; `state` puts them together and makes the frames. `guard` answers for Host, Origin, size and headers.
Numbers expire in the browser by its own clock, so a frame says when a value was measured, never how it
stands: a frozen or dead station cannot keep an old number alive.
"""
