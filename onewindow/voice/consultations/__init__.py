"""Questions, their answers, and the knowledge base that grows out of them."""
