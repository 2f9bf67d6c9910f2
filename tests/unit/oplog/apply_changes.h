#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bson/builder.h"
#include "oplog/update_diff.h"

namespace mongotail::oplog {

struct Field;

/// A value as a tree that can be changed; what an update does to a document is done to it.
struct Value {
  bson::Type type = bson::Type::null;
  std::vector<std::uint8_t> bytes;  // of all but documents and arrays
  std::vector<Field> fields;

  bool is_array() const { return type == bson::Type::array; }
  bool is_container() const { return is_array() || type == bson::Type::document; }

  Value* find(std::string_view key);
  void add(std::string_view key, Value value);
  void push_back(Value value);
  void pad(std::size_t size);
  void erase(std::string_view key);
};

struct Field {
  std::string first;
  Value second;
};

inline Value* Value::find(std::string_view key) {
  for (auto& [name, value] : fields) {
    if (name == key) return &value;
  }
  return nullptr;
}

inline void Value::add(std::string_view key, Value value) {
  fields.push_back(Field{std::string(key), std::move(value)});
}

inline void Value::push_back(Value value) {
  add(std::to_string(fields.size()), std::move(value));
}

inline void Value::pad(std::size_t size) {
  while (fields.size() < size) push_back({});
}

inline void Value::erase(std::string_view key) {
  std::erase_if(fields, [&](const Field& field) { return field.first == key; });
}

inline Value value_of(bson::Type type, bson::Document document) {
  Value value{type, {}, {}};
  for (const bson::Element& field : document) {
    const auto nested = field.as_container();
    value.add(field.key(),
              nested ? value_of(field.type(), *nested)
                     : Value{field.type(), {field.value().begin(), field.value().end()}, {}});
  }
  return value;
}

inline Value value_of(const bson::Element& element) {
  const auto nested = element.as_container();
  return nested ? value_of(element.type(), *nested)
                : Value{element.type(), {element.value().begin(), element.value().end()}, {}};
}

inline Value value_of(bson::Document document) {
  return value_of(bson::Type::document, document);
}

inline void append(bson::Builder& builder, std::string_view key, const Value& value) {
  if (!value.is_container()) {
    builder.append(key, bson::Element(value.type, {}, value.bytes));
    return;
  }
  value.is_array() ? builder.open_array(key) : builder.open_document(key);
  for (const auto& [name, field] : value.fields) append(builder, name, field);
  builder.close();
}

inline bson::OwnedDocument document_of(const Value& value) {
  bson::Builder builder;
  for (const auto& [name, field] : value.fields) append(builder, name, field);
  return builder.take();
}

namespace detail {

inline std::size_t index_of(std::string_view name) {
  return std::stoul(std::string(name));
}

inline bool is_index(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Where one step of a delta's path leads; nullptr where the change comes to nothing more.
inline Value* step(Value& container, const PathKey& key) {
  const bson::Type expected = key.array_index ? bson::Type::array : bson::Type::document;
  if (container.type != expected) {
    container = {};
    return nullptr;
  }
  if (key.array_index) {
    container.pad(index_of(key.name) + 1);
    return &container.fields[index_of(key.name)].second;
  }
  return container.find(key.name);
}

inline void splice(Value& target, const Change& change) {
  const auto kept = static_cast<std::size_t>(change.length);
  if (target.type != bson::Type::binary) return;
  if (target.bytes.size() - 5 < kept) return;
  target.bytes.resize(5 + kept);
  const auto data = change.value->as_binary()->data;
  target.bytes.insert(target.bytes.end(), data.begin(), data.end());
  const auto length = static_cast<std::int32_t>(target.bytes.size() - 5);
  std::memcpy(target.bytes.data(), &length, sizeof length);
}

inline void truncate(Value& target, std::int32_t length) {
  if (!target.is_array()) {
    target = {};
    return;
  }
  target.fields.resize(std::min(target.fields.size(), static_cast<std::size_t>(length)));
  target.pad(static_cast<std::size_t>(length));
}

inline void set_field(Value& container, std::string_view name, Value value) {
  if (Value* present = container.find(name)) {
    *present = std::move(value);
  } else {
    container.add(name, std::move(value));
  }
}

inline void apply_delta(Value& root, const Change& change) {
  Value* at = &root;
  for (std::size_t i = 0; i + 1 < change.path.size(); ++i) {
    at = step(*at, change.path[i]);
    if (at == nullptr) return;
  }
  const PathKey& leaf = change.path.back();
  Value* target = step(*at, leaf);
  if (!at->is_container()) return;
  switch (change.kind) {
    case Change::Kind::append:
      at->erase(leaf.name);
      [[fallthrough]];
    case Change::Kind::set:
      set_field(*at, leaf.name, value_of(*change.value));
      break;
    case Change::Kind::unset:
      at->erase(leaf.name);
      break;
    case Change::Kind::truncate:
      if (target != nullptr) truncate(*target, change.length);
      break;
    case Change::Kind::splice:
      if (target != nullptr) splice(*target, change);
      break;
  }
}

// `$v: 1`: a component of digits is an index where the parent is an array; parents come into being.
inline void apply_modifier(Value& root, const Change& change) {
  Value* at = &root;
  const bool set = change.kind == Change::Kind::set;
  for (std::size_t i = 0; i < change.path.size(); ++i) {
    const std::string_view name = change.path[i].name;
    const bool leaf = i + 1 == change.path.size();
    if (at->is_array() && is_index(name)) {
      if (!set && index_of(name) >= at->fields.size()) return;
      at->pad(index_of(name));
      if (index_of(name) == at->fields.size()) at->push_back({bson::Type::document, {}, {}});
    } else if (at->type != bson::Type::document) {
      return;
    } else if (leaf && !set) {
      at->erase(name);
      return;
    } else if (at->find(name) == nullptr) {
      if (!set) return;
      at->add(name, Value{bson::Type::document, {}, {}});
    }
    at = at->find(name);
  }
  *at = set ? value_of(*change.value) : Value{};
}

}  // namespace detail

/// The document after the update, by the changes alone.
inline bson::OwnedDocument apply_changes(bson::Document before, const UpdateDescription& update) {
  Value root = value_of(before);
  for (const Change& change : update.changes) {
    if (update.form == UpdateForm::delta) {
      detail::apply_delta(root, change);
    } else {
      detail::apply_modifier(root, change);
    }
  }
  return document_of(root);
}

}  // namespace mongotail::oplog
