#include "oplog/entry.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

namespace mongotail::oplog {
namespace {

void take_field(const bson::Element& field, Entry& entry) {
  // Keys are distinguished by size first: this runs for every field of every entry.
  switch (field.key().size()) {
    case 1:
      if (field.is("o")) {
        entry.o = field.as_document().value_or(bson::Document());
      } else if (field.is("t")) {
        entry.optime.term = field.as_integer().value_or(OpTime::no_term);
      } else if (field.is("v")) {
        entry.version = field;
      }
      break;
    case 2:
      if (field.is("ts")) {
        entry.optime.ts = field.as_timestamp().value_or(bson::Timestamp{});
      } else if (field.is("op")) {
        entry.op = field.as_text().value_or("");
      } else if (field.is("ns")) {
        entry.ns = field.as_text().value_or("");
      } else if (field.is("o2")) {
        entry.o2 = field.as_document();
      }
      break;
    case 4:
      if (field.is("wall")) {
        entry.wall = field;
      } else if (field.is("lsid")) {
        entry.lsid = field;
      }
      break;
    case 9:
      if (field.is("txnNumber")) entry.txn_number = field;
      break;
    case 10:
      if (field.is("prevOpTime")) {
        if (const auto inner = field.as_document()) entry.prev_optime = parse_optime(*inner);
      } else if (field.is("txnOpIndex")) {
        entry.txn_op_index = field.as_int32();
      }
      break;
    case 11:
      if (field.is("fromMigrate")) {
        entry.from_migrate = field.as_bool().value_or(false);
      } else if (field.is("multiOpType")) {
        entry.multi_op_type = static_cast<std::int32_t>(field.as_integer().value_or(0));
      }
      break;
    default:
      break;
  }
}

}  // namespace

std::string to_string(bson::Timestamp ts) {
  return fmt::format("{}:{}", ts.seconds, ts.ordinal);
}

std::string with_time(bson::Timestamp ts) {
  using namespace std::chrono;
  const sys_seconds second{seconds(ts.seconds)};
  const auto day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss time(second - day);
  return fmt::format("{} ({}-{:02}-{:02} {:02}:{:02}:{:02}Z)", to_string(ts),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

void append_cursor(const OpTime& optime, std::optional<std::int32_t> index, std::string& out) {
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "{}:{}", optime.ts.seconds, optime.ts.ordinal);
  if (optime.term != OpTime::no_term) fmt::format_to(end, "@{}", optime.term);
  if (index) fmt::format_to(end, "#{}", *index);
}

std::optional<OpTime> parse_optime(bson::Document document) {
  std::optional<bson::Timestamp> ts;
  std::int64_t term = OpTime::no_term;
  for (const bson::Element& field : document) {
    if (field.is("ts")) {
      ts = field.as_timestamp();
    } else if (field.is("t")) {
      term = field.as_integer().value_or(OpTime::no_term);
    }
  }
  return ts ? std::optional(OpTime{*ts, term}) : std::nullopt;
}

Result<Entry> Entry::parse(bson::Document document) {
  Result<Entry> entry;
  entry->document = document;
  bson::Reader reader(document);
  bson::Element field;
  while (reader.next(field)) take_field(field, *entry);
  if (reader.damaged()) {
    return fail(Cause::damaged,
                fmt::format("an entry's BSON is damaged at byte {} of it", reader.offset()));
  }
  return entry;
}

std::string_view Entry::command_name() const {
  if (!is_command()) return {};
  const auto first = o.first();
  return first ? first->key() : std::string_view();
}

}  // namespace mongotail::oplog
