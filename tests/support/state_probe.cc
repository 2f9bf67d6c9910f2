// Reads documents {ns, id, later?, entries} from standard input, BSON one after another: entries of
// an oplog, a document's _id, and the document (null: there is none) as it is after them, if that
// is to be known. Writes for each {states: [{state, unknown}, …]}: what is known of the document
// after each operation on it. tests/live compares that with a real server.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oplog/source.h"
#include "oplog/txn_unwind.h"
#include "probe.h"
#include "state/history.h"
#include "state/subject.h"

namespace {

using namespace mongotail;

class NoLookup : public oplog::EntryLookup {
 public:
  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime) override {
    return std::nullopt;
  }
};

template <typename See>
void for_each_event(bson::Document entries, const state::Subject& subject, See see) {
  NoLookup lookup;
  oplog::TxnUnwind unwind(lookup);
  for (const bson::Element& element : entries) {
    const auto entry = oplog::Entry::parse(element.as_document().value_or(bson::Document()));
    if (!entry || !unwind.feed(*entry)) continue;
    oplog::Operation operation;
    while (unwind.next(operation).value_or(false)) {
      const auto event = subject.event_of(operation.entry);
      if (event != state::Event::none) see(event, operation);
    }
  }
}

void append(const state::Value& value, bson::Builder& out) {
  if (!value.is(state::Value::Kind::object)) {
    out.append("state", bson::Element());
    out.append("exists", !value.is(state::Value::Kind::absent));
    return;
  }
  const auto described = state::describe(value);
  out.append("state", described.document.view());
  out.open_array("unknown");
  char buffer[24];
  for (std::size_t i = 0; i < described.unknown.size(); ++i) {
    out.append(bson::array_key(i, buffer), described.unknown[i]);
  }
  out.close();
}

bson::OwnedDocument states_of(bson::Document input) {
  bson::Builder id;
  id.append("v", input.find("id").value_or(bson::Element()));
  const state::Subject subject(std::string(input.find("ns")->as_text().value_or("")), id.finish());
  const auto entries = input.find("entries")->as_array().value_or(bson::Document());
  std::optional<state::Reconstruction> before;
  if (const auto later = input.find("later")) {
    state::History history;
    for_each_event(entries, subject, [&](state::Event event, const oplog::Operation& operation) {
      history.see(event, operation);
    });
    const auto document = later->as_document();
    before = std::move(history).work_back(document ? state::Value::of(*document)
                                                   : state::Value::absent());
  }
  state::Tracker tracker(std::move(before));
  bson::Builder out;
  out.open_array("states");
  std::size_t index = 0;
  char buffer[24];
  for_each_event(entries, subject, [&](state::Event event, const oplog::Operation& operation) {
    tracker.see(event, operation);
    out.open_document(bson::array_key(index++, buffer));
    append(tracker.document(), out);
    out.close();
  });
  return out.take();
}

}  // namespace

int main() {
  return mongotail::answer_each(states_of);
}
