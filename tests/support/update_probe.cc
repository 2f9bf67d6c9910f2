// Reads documents {before, o} from standard input, BSON one after another, and writes for each the
// document after the update whose entry holds `o`: what tests/live compares with a real server.

#include "oplog/apply_changes.h"
#include "oplog/update_diff.h"
#include "probe.h"

namespace {

using namespace mongotail;

bson::OwnedDocument after(bson::Document pair) {
  const auto before = pair.find("before");
  const auto o = pair.find("o");
  if (!before || !before->as_document() || !o || !o->as_document()) {
    return bson::Builder().append("error", "no pair").take();
  }
  const auto update = oplog::describe_update(*o->as_document());
  if (!update) return bson::Builder().append("error", update.error().what).take();
  if (update->form == oplog::UpdateForm::unknown) {
    return bson::Builder().append("error", "unknown form").take();
  }
  if (update->form == oplog::UpdateForm::replacement) {
    return bson::OwnedDocument(*o->as_document());
  }
  return oplog::apply_changes(*before->as_document(), *update);
}

}  // namespace

int main() {
  return mongotail::answer_each(after);
}
