"""What of specialists' time is held, confirmed or blocked: nobody else can have it."""
