#include "tail/checkpointer.h"

#include <utility>

namespace mongotail::tail {

void Checkpointer::keep_in(resume::CursorFile file) {
  file_.emplace(std::move(file));
}

void Checkpointer::add_source(std::string name) {
  names_.push_back(std::move(name));
}

void Checkpointer::begin(const resume::Cursor& cursor, std::size_t source) {
  position_.set(source, cursor);
  starting_ = true;
}

void Checkpointer::started() {
  unsaved_ = unsaved_ || (starting_ && file_.has_value());
  starting_ = false;
}

void Checkpointer::written(const resume::Cursor& cursor, std::size_t source) {
  if (source < position_.sources() && position_.of(source) == cursor) return;
  position_.set(source, cursor);
  unsaved_ = file_.has_value();
}

void Checkpointer::written(const resume::Progress& progress) {
  for (std::size_t i = 0; i < progress.sources(); ++i) {
    if (const auto& cursor = progress.of(i)) written(*cursor, i);
  }
}

resume::Cursors Checkpointer::positions() const {
  resume::Cursors cursors;
  for (std::size_t i = 0; i < position_.sources(); ++i) {
    if (const auto& cursor = position_.of(i)) {
      cursors.push_back({i < names_.size() ? names_[i] : std::string(), *cursor});
    }
  }
  return cursors;
}

Status Checkpointer::save_if_due() {
  const auto age = std::chrono::steady_clock::now() - saved_at_;
  return unsaved_ && age >= std::chrono::seconds(1) ? save() : Status();
}

Status Checkpointer::save() {
  if (!unsaved_) return {};
  unsaved_ = false;
  saved_at_ = std::chrono::steady_clock::now();
  return file_->save(positions());
}

void Checkpointer::end() {
  if (file_) file_->remove_unused();
}

}  // namespace mongotail::tail
