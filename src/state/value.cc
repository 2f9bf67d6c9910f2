#include "state/value.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace mongotail::state {
namespace {

using Kind = Value::Kind;

// What the server allows an update to pad an array by, and a little more.
constexpr std::size_t longest_array = 2'000'000;

Value container_of(Kind kind, bson::Document document, int depth);

Value value_at_depth(const bson::Element& element, int depth) {
  const auto nested = depth < bson::max_depth ? element.as_container() : std::nullopt;
  if (nested) {
    const bool is_array = element.type() == bson::Type::array;
    return container_of(is_array ? Kind::array : Kind::object, *nested, depth + 1);
  }
  Value value = Value::of(Kind::scalar);
  value.type = element.type();
  value.bytes.assign(element.value().begin(), element.value().end());
  return value;
}

Value container_of(Kind kind, bson::Document document, int depth) {
  Value value = Value::of(kind);
  for (const bson::Element& field : document) {
    value.fields.push_back({kind == Kind::array ? std::string() : std::string(field.key()),
                            value_at_depth(field, depth)});
  }
  return value;
}

// Two that describe one object usually list its fields in the same order.
Value* find_near(Value& object, std::size_t place, std::string_view name) {
  const bool here = place < object.fields.size() && object.fields[place].name == name;
  return here ? &object.fields[place].value : object.find(name);
}

// What `more`, which is closed, does not list is not there.
bool learn_all_names(Value& known, Value& more) {
  std::vector<Field> kept;
  kept.reserve(known.fields.size());
  for (std::size_t i = 0; i < known.fields.size(); ++i) {
    Field& field = known.fields[i];
    if (find_near(more, i, field.name) == nullptr) {
      if (field.value.is_present()) return false;
    } else if (!field.value.is(Kind::absent)) {
      kept.push_back(std::move(field));
    }
  }
  known.fields = std::move(kept);
  known.open = false;
  return true;
}

bool learn_object(Value& known, Value more) {
  for (std::size_t i = 0; i < more.fields.size(); ++i) {
    Field& field = more.fields[i];
    if (Value* const mine = find_near(known, i, field.name)) {
      if (!learn(*mine, std::move(field.value))) return false;
    } else if (known.open) {
      known.add(field.name, std::move(field.value));
    } else if (field.value.is_present()) {
      return false;
    }
  }
  return more.open || learn_all_names(known, more);
}

bool learn_array(Value& known, Value more) {
  for (std::size_t i = 0; i < more.fields.size(); ++i) {
    if (i < known.fields.size()) {
      if (!learn(known.fields[i].value, std::move(more.fields[i].value))) return false;
    } else if (known.open) {
      known.fields.push_back({{}, std::move(more.fields[i].value)});
    } else {
      return false;
    }
  }
  if (more.open) return true;
  if (known.fields.size() > more.fields.size()) return false;
  known.open = false;
  return true;
}

/// Writes what is known, and collects the paths of what is not.
class Describer {
 public:
  Description run(const Value& object) {
    write_fields(object, "");
    return {builder_.take(), std::move(unknown_)};
  }

 private:
  // An array of which nothing is known but that it is one.
  static bool is_blank(const Value& value) {
    if (!value.is(Kind::array) || (value.fields.empty() && !value.open)) return false;
    return std::ranges::all_of(value.fields,
                               [](const Field& field) { return field.value.is(Kind::unknown); });
  }

  void write_fields(const Value& value, const std::string& prefix) {
    const bool is_array = value.is(Kind::array);
    char buffer[24];
    for (std::size_t i = 0; i < value.fields.size(); ++i) {
      const Field& field = value.fields[i];
      write(is_array ? bson::array_key(i, buffer) : std::string_view(field.name), field.value,
            prefix, is_array);
    }
    if (value.open) unknown_.push_back(prefix + '*');
  }

  void write(std::string_view name, const Value& value, const std::string& prefix, bool in_array) {
    if (value.is(Kind::absent)) return;
    if (value.is(Kind::unknown) || is_blank(value)) {
      unknown_.push_back(prefix + std::string(name));
      if (in_array) builder_.append(name, bson::Element());
      return;
    }
    if (value.is(Kind::scalar)) {
      builder_.append(name, bson::Element(value.type, {}, value.bytes));
      return;
    }
    value.is(Kind::array) ? builder_.open_array(name) : builder_.open_document(name);
    write_fields(value, prefix + std::string(name) + '.');
    builder_.close();
  }

  bson::Builder builder_;
  std::vector<std::string> unknown_;
};

}  // namespace

Value Value::of(Kind kind, bool open) {
  Value value;
  value.kind = kind;
  value.open = open;
  return value;
}

Value Value::of(bson::Document document) {
  return container_of(Kind::object, document, 0);
}

Value Value::of(const bson::Element& element) {
  return value_at_depth(element, 0);
}

Value* Value::find(std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &found->value;
}

Value& Value::add(std::string_view name, Value value) {
  fields.push_back({std::string(name), std::move(value)});
  return fields.back().value;
}

void Value::erase(std::string_view name) {
  std::erase_if(fields, [&](const Field& field) { return field.name == name; });
}

bool Value::grow(std::size_t size) {
  if (size > longest_array) {
    *this = Value();
    return false;
  }
  while (fields.size() < size) fields.push_back({{}, open ? Value() : null()});
  return true;
}

bool learn(Value& known, Value more) {
  if (more.is(Kind::unknown)) return true;
  if (known.is(Kind::unknown)) {
    known = std::move(more);
    return true;
  }
  if (known.kind != more.kind) return false;
  switch (known.kind) {
    case Kind::unknown:
    case Kind::absent:
      return true;
    case Kind::scalar:
      return known.type == more.type && known.bytes == more.bytes;
    case Kind::object:
      return learn_object(known, std::move(more));
    case Kind::array:
      return learn_array(known, std::move(more));
  }
  return false;
}

std::size_t index_of(std::string_view name) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool canonical = name.size() == 1 || !name.starts_with('0');
  if (error != std::errc() || end != name.data() + name.size() || !canonical) return no_index;
  // One more must not overflow.
  return index < std::numeric_limits<std::uint32_t>::max() ? index : no_index;
}

Description describe(const Value& object) {
  return Describer().run(object);
}

}  // namespace mongotail::state
