#include "output/state_text.h"

#include "base/safe_text.h"
#include "oplog/update_diff.h"

namespace mongotail::output {

std::optional<StateFields> state_of(const oplog::Entry& entry) {
  if (entry.op != "u") return std::nullopt;
  if (oplog::ChangeReader(entry.o).form() == oplog::UpdateForm::replacement) return std::nullopt;
  const auto state = entry.document.find("state");
  const auto document = state ? state->as_document() : std::nullopt;
  if (!document) return std::nullopt;
  const auto unknown = entry.document.find("stateUnknown");
  return StateFields{*document, unknown ? unknown->as_array() : std::nullopt};
}

std::set<std::string, std::less<>> changed_fields(bson::Document update) {
  std::set<std::string, std::less<>> names;
  oplog::ChangeReader reader(update);
  while (reader.next()) names.emplace(reader.change().path.front().name);
  return names;
}

void append_unknown(const StateFields& state, std::string& out) {
  if (!state.unknown) return;
  std::string_view before = "? ";
  for (const bson::Element& path : *state.unknown) {
    out += before;
    append_safe_text(path.as_text().value_or(""), out);
    before = ", ";
  }
}

}  // namespace mongotail::output
