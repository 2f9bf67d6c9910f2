#include "app/checkpointer.h"

#include <utility>

namespace mongotail::app {

void Checkpointer::keep_in(resume::CursorFile file) {
  file_.emplace(std::move(file));
}

void Checkpointer::begin(const resume::Cursor& cursor) {
  position_ = cursor;
  starting_ = true;
}

void Checkpointer::started() {
  unsaved_ = unsaved_ || (starting_ && file_.has_value());
  starting_ = false;
}

void Checkpointer::written(const resume::Cursor& cursor) {
  if (position_ == cursor) return;
  position_ = cursor;
  unsaved_ = file_.has_value();
}

Status Checkpointer::save_if_due() {
  const auto age = std::chrono::steady_clock::now() - saved_at_;
  return unsaved_ && age >= std::chrono::seconds(1) ? save() : Status();
}

Status Checkpointer::save() {
  if (!unsaved_) return {};
  unsaved_ = false;
  saved_at_ = std::chrono::steady_clock::now();
  return file_->save(*position_);
}

void Checkpointer::end() {
  if (file_) file_->remove_unused();
}

}  // namespace mongotail::app
