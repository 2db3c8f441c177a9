"""Attachments: files on customers and cases, known by their content and shared with a provider only on purpose."""
