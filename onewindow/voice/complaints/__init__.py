"""办不成事 and other complaints: registering, the moves, evidence, who may judge, and systemic issues."""
