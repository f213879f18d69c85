"""Questions and searches that the sample network can answer: what the empty pages offer."""

QUESTIONS = (
    "What did Cory Booker say about Tim Kaine?",
    "Who is going to a galaxy far far away?",
    "What does the winter storm map show?",
    "How do I keep basil alive indoors?",
)
SEARCHES = (
    "space station filter:links",
    "sourdough starter",
    '"climate change" since:2012-01-01',
    "from:CoryBooker",
    "telescope min_faves:100",
)
