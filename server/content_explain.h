/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says in words for authors what is wrong with a document that libxml2 refused.
 * Private to content*.c. */
#ifndef COMMONWEAL_CONTENT_EXPLAIN_H
#define COMMONWEAL_CONTENT_EXPLAIN_H
#include "content_grammar.h"
#include "content_run.h"

/* Reports the faults against the grammar that it is sure of; false if it found
 * none. grammar may be NULL. */
bool content_explain(struct content_run *r, const struct grammar_element *grammar);

#endif
