// The yardsticks: what a program that uses libmongoc in the plainest way needs for the same work.
//
//   drain URI [--filter JSON] [--batch N] [--json]   all of the oplog once; --json prints it
//   drain URI --follow majority|local                new inserts: the number in `o._id`, a line
//   each

#include <fmt/format.h>
#include <mongoc/mongoc.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

template <auto Destroy>
struct Deleter {
  template <typename T>
  void operator()(T* handle) const {
    Destroy(handle);
  }
};
using Client = std::unique_ptr<mongoc_client_t, Deleter<mongoc_client_destroy>>;
using Collection = std::unique_ptr<mongoc_collection_t, Deleter<mongoc_collection_destroy>>;
using Cursor = std::unique_ptr<mongoc_cursor_t, Deleter<mongoc_cursor_destroy>>;
// A class of its own: a template argument would lose bson_t's alignment.
class Bson {
 public:
  explicit Bson(bson_t* document) : document_(document) {}
  Bson(Bson&& other) noexcept : document_(std::exchange(other.document_, nullptr)) {}
  Bson& operator=(Bson&&) = delete;
  ~Bson() { bson_destroy(document_); }
  explicit operator bool() const { return document_ != nullptr; }
  const bson_t* get() const { return document_; }

 private:
  bson_t* document_;
};

using Text = std::unique_ptr<char, Deleter<bson_free>>;

struct Options {
  const char* uri = nullptr;
  const char* filter = "{}";
  int batch = 4000;
  bool json = false;
  const char* follow = nullptr;  // a read concern
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const bool has_value = i + 1 < argc;
    if (arg == "--filter" && has_value) {
      options.filter = argv[++i];
    } else if (arg == "--batch" && has_value) {
      options.batch = std::atoi(argv[++i]);
    } else if (arg == "--json") {
      options.json = true;
    } else if (arg == "--follow" && has_value) {
      options.follow = argv[++i];
    } else {
      options.uri = argv[i];
    }
  }
  return options;
}

Bson document(const std::string& json) {
  bson_error_t error;
  Bson parsed(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                 static_cast<ssize_t>(json.size()), &error));
  if (!parsed) std::fprintf(stderr, "drain: %s\n", error.message);
  return parsed;
}

int fail_of(mongoc_cursor_t* cursor) {
  bson_error_t error;
  if (!mongoc_cursor_error(cursor, &error)) return 0;
  std::fprintf(stderr, "drain: %s\n", error.message);
  return 1;
}

int drain(mongoc_collection_t* oplog, const Options& options) {
  const Bson filter = document(options.filter);
  const Bson find =
      options.batch > 0 ? Bson(BCON_NEW("batchSize", BCON_INT32(options.batch))) : Bson(bson_new());
  if (!filter) return 1;
  const Cursor cursor(mongoc_collection_find_with_opts(oplog, filter.get(), find.get(), nullptr));
  const bson_t* entry = nullptr;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  while (mongoc_cursor_next(cursor.get(), &entry)) {
    ++entries;
    bytes += entry->len;
    if (!options.json) continue;
    std::size_t size = 0;
    const Text text(bson_as_relaxed_extended_json(entry, &size));
    std::fwrite(text.get(), 1, size, stdout);
    std::fputc('\n', stdout);
  }
  std::fprintf(stderr, "%llu entries, %llu bytes\n", static_cast<unsigned long long>(entries),
               static_cast<unsigned long long>(bytes));
  return fail_of(cursor.get());
}

Bson newest(mongoc_collection_t* oplog) {
  const Bson all = document("{}");
  const Bson reverse = document(R"({"sort": {"$natural": -1}, "limit": 1})");
  const Cursor cursor(mongoc_collection_find_with_opts(oplog, all.get(), reverse.get(), nullptr));
  const bson_t* entry = nullptr;
  return Bson(mongoc_cursor_next(cursor.get(), &entry) ? bson_copy(entry) : bson_new());
}

void print_number(const bson_t* entry) {
  bson_iter_t iter;
  bson_iter_t id;
  if (!bson_iter_init(&iter, entry) || !bson_iter_find_descendant(&iter, "o._id", &id)) return;
  char line[32];
  const int size =
      std::snprintf(line, sizeof line, "%lld\n", static_cast<long long>(bson_iter_as_int64(&id)));
  if (::write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::exit(0);
}

int follow(mongoc_collection_t* oplog) {
  const Bson last = newest(oplog);
  bson_iter_t iter;
  std::uint32_t seconds = 0;
  std::uint32_t ordinal = 0;
  if (!bson_iter_init_find(&iter, last.get(), "ts")) return 1;
  bson_iter_timestamp(&iter, &seconds, &ordinal);
  const Bson filter = document(fmt::format(
      R"({{"ts": {{"$gt": {{"$timestamp": {{"t": {}, "i": {}}}}}}}}})", seconds, ordinal));
  const Bson tail = document(R"({"tailable": true, "awaitData": true, "maxAwaitTimeMS": 1000})");
  const Cursor cursor(mongoc_collection_find_with_opts(oplog, filter.get(), tail.get(), nullptr));
  const bson_t* entry = nullptr;
  std::fputs("following\n", stderr);
  for (;;) {
    while (mongoc_cursor_next(cursor.get(), &entry)) print_number(entry);
    if (const int status = fail_of(cursor.get())) return status;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (options.uri == nullptr) {
    std::fputs("usage: drain URI [--filter JSON] [--batch N] [--json] [--follow CONCERN]\n",
               stderr);
    return 2;
  }
  mongoc_init();
  const Client client(mongoc_client_new(options.uri));
  if (!client) return 2;
  const Collection oplog(mongoc_client_get_collection(client.get(), "local", "oplog.rs"));
  mongoc_read_concern_t* concern = mongoc_read_concern_new();
  mongoc_read_concern_set_level(concern, options.follow != nullptr ? options.follow : "local");
  mongoc_collection_set_read_concern(oplog.get(), concern);
  mongoc_read_concern_destroy(concern);
  return options.follow != nullptr ? follow(oplog.get()) : drain(oplog.get(), options);
}
