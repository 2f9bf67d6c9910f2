// Updates of any shape: reading them one by one and all at once agree, and every path leads on.

#include <algorithm>

#include "fuzz.h"
#include "oplog/update_diff.h"

namespace mongotail {
namespace {

bool same(const oplog::Change& one, const oplog::Change& other) {
  return one.kind == other.kind && one.path == other.path && one.length == other.length &&
         one.value.has_value() == other.value.has_value();
}

void judge_change(const oplog::Change& change) {
  using Kind = oplog::Change::Kind;
  fuzz::check(!change.path.empty() || change.kind == Kind::truncate, "a change has a path");
  const bool has_value =
      change.kind == Kind::set || change.kind == Kind::append || change.kind == Kind::splice;
  fuzz::check(change.value.has_value() == has_value, "a change has a value where it sets one");
  fuzz::check(change.length >= 0, "no length is negative");
  fuzz::check(change.kind != Kind::splice || change.value->as_binary(), "a splice adds bytes");
}

void judge(bson::Document o) {
  const auto all = oplog::describe_update(o);
  oplog::ChangeReader reader(o);
  std::size_t count = 0;
  while (reader.next()) {
    judge_change(reader.change());
    if (all && count < all->changes.size()) {
      fuzz::check(same(reader.change(), all->changes[count]), "both ways read the same change");
    }
    ++count;
  }
  if (!all) fuzz::check(reader.error().has_value(), "both ways find the damage");
  if (reader.error() || !all || all->form == oplog::UpdateForm::unknown) return;
  fuzz::check(count == all->changes.size(), "both ways read as many changes");
  fuzz::check(reader.form() == all->form, "both ways agree on the form");
}

}  // namespace
}  // namespace mongotail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mongotail::fuzz::each_document({data, size}, mongotail::judge);
  return 0;
}
