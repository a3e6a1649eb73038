CREATE VIRTUAL TABLE case_search USING fts5(
    words, content='', contentless_delete=1, detail=none, prefix='3 4 5 7',
    tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co P* S* M*'");
