// Reads documents {before, o} from standard input, BSON one after another, and writes for each the
// document after the update whose entry holds `o`: what tests/live compares with a real server.

#include <cstdint>
#include <iostream>
#include <iterator>
#include <string>

#include "oplog/apply_changes.h"
#include "oplog/update_diff.h"

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
  const std::string text{std::istreambuf_iterator<char>(std::cin),
                         std::istreambuf_iterator<char>()};
  bson::Bytes rest(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  while (!rest.empty()) {
    const auto pair = bson::Document::from(rest);
    if (!pair) return 1;
    const auto result = after(*pair);
    const auto bytes = result.view().bytes();
    std::cout.write(reinterpret_cast<const char*>(bytes.data()),
                    static_cast<std::streamsize>(bytes.size()));
    rest = rest.subspan(pair->size());
  }
  return 0;
}
