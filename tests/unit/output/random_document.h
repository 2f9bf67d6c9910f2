#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "bson/builder.h"

namespace mongotail::output {

/// Documents of every BSON type, for tests that need many. All text is UTF-8 and all values are
/// such that libbson's JSON reader gives back the same bytes.
class RandomDocuments {
 public:
  struct Options {
    bool any_double = true;  ///< else only those that few decimal digits hold exactly
    bool far_dates = true;  ///< also after the year 9999, which libbson's relaxed writer gets wrong
    bool controls = true;   ///< DEL and C1 in text too
  };

  RandomDocuments(unsigned seed, Options options) : random_(seed), options_(options) {}

  bson::OwnedDocument next() {
    bson::Builder builder;
    fields(builder, 0);
    return builder.take();
  }

  std::uint64_t bits() { return random_(); }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  void fields(bson::Builder& builder, int depth) {
    const std::size_t count = below(depth == 0 ? 12 : 5);
    for (std::size_t i = 0; i < count; ++i) {
      in_array_ = false;
      field(builder, key(), depth);
    }
  }

  void field(bson::Builder& builder, const std::string& key, int depth) {
    std::size_t choice = below(depth < 5 ? 21 : 18);
    // libbson's reader loses the index of code and of a dbPointer in an array.
    if (in_array_ && (choice == 15 || choice == 16 || choice == 18)) choice = 17;
    switch (choice) {
      case 0:
        builder.append(key, number());
        return;
      case 1:
        builder.append(key, static_cast<std::int32_t>(bits()));
        return;
      case 2:
        builder.append(key, static_cast<std::int64_t>(bits() >> below(64)));
        return;
      case 3:
        builder.append(key, below(2) == 0);
        return;
      case 4:
        builder.append(key, bson::Timestamp{word(), word()});
        return;
      case 5:
        builder.append_regex(key, c_text(), below(2) == 0 ? "imx" : "");
        return;
      case 6:
        raw(builder, key, bson::Type::object_id, bytes(12));
        return;
      case 7:
        raw(builder, key, bson::Type::date, date());
        return;
      case 8:
        raw(builder, key, bson::Type::null, {});
        return;
      case 9:
        raw(builder, key, bson::Type::undefined, {});
        return;
      case 10:
        raw(builder, key, bson::Type::min_key, {});
        return;
      case 11:
        raw(builder, key, bson::Type::max_key, {});
        return;
      case 12:
        raw(builder, key, bson::Type::decimal128, decimal());
        return;
      case 13:
        raw(builder, key, bson::Type::binary, binary());
        return;
      case 14:
        raw(builder, key, bson::Type::symbol, string());
        return;
      case 15:
        raw(builder, key, bson::Type::code, string());
        return;
      case 16:
        raw(builder, key, bson::Type::db_pointer, db_pointer());
        return;
      case 17:
        builder.append(key, text());
        return;
      case 18:
        raw(builder, key, bson::Type::code_with_scope, code_with_scope());
        return;
      case 19:
        builder.open_document(key);
        fields(builder, depth + 1);
        builder.close();
        return;
      default:
        array(builder, key, depth);
        return;
    }
  }

  void array(bson::Builder& builder, const std::string& key, int depth) {
    builder.open_array(key);
    const std::size_t count = below(5);
    for (std::size_t i = 0; i < count; ++i) {
      in_array_ = true;
      field(builder, std::to_string(i), depth + 1);
    }
    in_array_ = false;
    builder.close();
  }

  static void raw(bson::Builder& builder, const std::string& key, bson::Type type,
                  const std::vector<std::uint8_t>& value) {
    builder.append(key, bson::Element(type, key, value));
  }

  std::uint32_t word() { return static_cast<std::uint32_t>(bits()); }

  std::vector<std::uint8_t> bytes(std::size_t size) {
    std::vector<std::uint8_t> out(size);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(bits());
    return out;
  }

  template <typename T>
  static void put(std::vector<std::uint8_t>& out, T value) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(&value);
    out.insert(out.end(), at, at + sizeof value);
  }

  std::vector<std::uint8_t> date() {
    std::vector<std::uint8_t> out;
    const auto any = static_cast<std::int64_t>(bits());
    const auto near = static_cast<std::int64_t>(bits() % 353402300800000) - 100000000000000;
    const bool far = options_.far_dates && below(8) == 0;
    put(out, far ? any : below(4) == 0 ? near / 1000 * 1000 : near);
    return out;
  }

  // Coefficients that fit one half and exponents in the middle are canonical encodings.
  std::vector<std::uint8_t> decimal() {
    std::vector<std::uint8_t> out;
    put(out, bits() >> below(64));
    put(out, std::uint64_t{0x3040000000000000} + (std::uint64_t{below(400)} << 49) +
                 (std::uint64_t{below(2)} << 63));
    return out;
  }

  std::vector<std::uint8_t> binary() {
    constexpr std::uint8_t subtypes[] = {0, 1, 3, 4, 5, 6, 7, 0x80, 0xFF};
    const std::size_t size = below(40);
    std::vector<std::uint8_t> out;
    if (below(10) == 0) {
      put(out, static_cast<std::int32_t>(size + 4));
      out.push_back(2);
      put(out, static_cast<std::int32_t>(size));
    } else {
      put(out, static_cast<std::int32_t>(size));
      out.push_back(subtypes[below(sizeof subtypes)]);
    }
    const auto data = bytes(size);
    out.insert(out.end(), data.begin(), data.end());
    return out;
  }

  std::vector<std::uint8_t> string() {
    const std::string value = text();
    std::vector<std::uint8_t> out;
    put(out, static_cast<std::int32_t>(value.size() + 1));
    out.insert(out.end(), value.begin(), value.end());
    out.push_back(0);
    return out;
  }

  std::vector<std::uint8_t> db_pointer() {
    auto out = string();
    const auto id = bytes(12);
    out.insert(out.end(), id.begin(), id.end());
    return out;
  }

  std::vector<std::uint8_t> code_with_scope() {
    const auto code = string();
    // libbson's reader confuses code within a scope with the code around it.
    bson::Builder builder;
    builder.append("n", number()).append(this->key(), below(2) == 0);
    const auto scope = builder.take();
    const bson::Bytes scope_bytes = scope.view().bytes();
    std::vector<std::uint8_t> out;
    put(out, static_cast<std::int32_t>(4 + code.size() + scope_bytes.size()));
    out.insert(out.end(), code.begin(), code.end());
    out.insert(out.end(), scope_bytes.begin(), scope_bytes.end());
    return out;
  }

  double number() {
    if (!options_.any_double) return (static_cast<double>(below(200000)) - 100000.0) / 8.0;
    for (;;) {
      const std::uint64_t pattern = bits();
      double value = 0;
      std::memcpy(&value, &pattern, sizeof value);
      if (below(3) == 0)
        value = static_cast<double>(static_cast<std::int64_t>(bits() >> below(64)));
      if (std::isfinite(value)) return value;
    }
  }

  std::string key() {
    constexpr const char* plain[] = {"_id", "ns", "op", "amount", "customer name", "a.b"};
    return below(3) > 0 ? plain[below(6)] : "k" + c_text();
  }

  // Without NUL.
  std::string c_text() {
    std::string out;
    for (const char c : text()) out += c == 0 ? ' ' : c;
    return out;
  }

  std::string text() {
    constexpr const char* pieces[] = {"\"",
                                      "\\",
                                      "\n",
                                      "\t",
                                      "\b",
                                      "\x1b",
                                      "/",
                                      "\xC3\xA9",
                                      "\xE2\x82\xAC",
                                      "\xE2\x80\xA8",
                                      "\xF0\x9F\x98\x80",
                                      "\xEF\xBF\xBD"};
    constexpr const char* control_pieces[] = {"\x7F", "\xC2\x80", "\xC2\x9F"};
    std::string out;
    for (std::size_t count = below(8); count > 0; --count) {
      const std::size_t choice = below(10);
      if (choice < 6)
        out.append(below(30), static_cast<char>('a' + below(26)));
      else if (choice < 9)
        out += pieces[below(12)];
      else if (options_.controls)
        out += control_pieces[below(3)];
    }
    return out;
  }

  std::mt19937_64 random_;
  Options options_;
  bool in_array_ = false;
};

}  // namespace mongotail::output
