#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/config.h"
#include "match/selection.h"
#include "tail/namespace_tally.h"

// What is said to a person about a run that prints less than was hoped for.
namespace mongotail::app {

/// Whether flags leave anything out that a run without flags would print.
bool filters(const match::Selection& selection);

/// Lines for the end of a run whose filters let nothing through: what was there, and what may have
/// been meant. `newest_only`: no more than the newest entries were looked at.
std::vector<std::string> explain_silence(const match::Selection& selection,
                                         const tail::NamespaceTally::Seen& seen, bool newest_only);

/// Warnings for the start: flags that together read nothing, and patterns that look like something
/// else. `resumed`: a cursor decides where the run begins.
std::vector<std::string> doubts(const cli::Config& config, bool resumed);
/// The same of the URI, for before it is used.
std::vector<std::string> doubts_of_uri(const cli::Config& config);

}  // namespace mongotail::app
