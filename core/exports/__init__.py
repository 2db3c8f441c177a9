"""Take data out: asked for, decided by the gate, approved by a second person, made by a job, gone after some days."""
