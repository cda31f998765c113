//! Floor 2: decide. Pure: clocks and randomness are arguments.
