#include "state/subject.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "oplog/command.h"
#include "oplog/namespace.h"
#include "oplog/update_diff.h"

namespace mongotail::state {
namespace {

bool is(oplog::NamespaceName name, oplog::NamespaceName other) {
  return name.database == other.database && name.collection == other.collection;
}

}  // namespace

Event Subject::event_of(const oplog::Entry& operation) const {
  if (operation.is_command()) return command_event(operation);
  if (operation.ns != ns_ || !match_.matches(operation)) return Event::none;
  if (operation.op == "i") return Event::whole;
  if (operation.op == "d") return Event::gone;
  if (operation.op != "u") return Event::none;
  const bool replaces = oplog::ChangeReader(operation.o).form() == oplog::UpdateForm::replacement;
  return replaces ? Event::whole : Event::update;
}

Event Subject::command_event(const oplog::Entry& command) const {
  const std::string_view name = command.command_name();
  const auto own = oplog::NamespaceName::split(ns_);
  const auto target = oplog::CommandTarget::of(command);
  if (target.kind() == oplog::CommandTarget::Kind::database) {
    return target.database() == own.database ? Event::gone : Event::none;
  }
  if (target.names().empty() || name.empty()) return Event::none;
  if (name == "renameCollection") {
    const auto to = command.o.find("to");
    if (to && to->as_text() == ns_) return Event::renewed;
    return is(target.names().front(), own) ? Event::gone : Event::none;
  }
  constexpr std::array gone = {"drop", "emptycapped"};
  constexpr std::array renewed = {"importCollection", "convertToCapped", "truncateRange"};
  const auto is_one_of = [&](const auto& names) {
    return std::ranges::any_of(names, [&](std::string_view known) { return known == name; });
  };
  const bool on_it =
      std::ranges::any_of(target.names(), [&](auto names) { return is(names, own); });
  if (!on_it) return Event::none;
  if (is_one_of(gone)) return Event::gone;
  return is_one_of(renewed) ? Event::renewed : Event::none;
}

}  // namespace mongotail::state
