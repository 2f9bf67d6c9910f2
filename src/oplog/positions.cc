#include "oplog/positions.h"

#include <utility>

namespace mongotail::oplog {

void Positions::add_source(std::string_view name) {
  std::string text(name);
  text += '=';
  const std::size_t end = text.size();
  sources_.push_back({std::move(text), end});
}

void Positions::set(std::size_t source, const OpTime& optime, std::optional<std::int32_t> index) {
  Source& one = sources_[source];
  one.text.resize(one.name_end);
  append_cursor(optime, index, one.text);
}

void Positions::unset(std::size_t source) {
  sources_[source].text.resize(sources_[source].name_end);
}

void Positions::append(std::string& out) const {
  bool first = true;
  for (const Source& source : sources_) {
    if (source.text.size() == source.name_end) continue;
    if (!first) out += ',';
    first = false;
    out += source.text;
  }
}

}  // namespace mongotail::oplog
