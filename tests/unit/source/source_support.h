#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "oplog/oplog_support.h"
#include "source/bson_stream.h"

namespace mongotail::source {

using Text = std::string;

inline Text bytes_of(const std::vector<bson::OwnedDocument>& documents) {
  Text text;
  for (const auto& document : documents) {
    const auto bytes = document.view().bytes();
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return text;
}

inline Text gzip(const Text& plain) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
            Z_OK);
  Text in = plain;
  Text out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class Warnings : public Reporter {
 public:
  void detail(std::string_view) override {}
  void notice(std::string_view) override {}
  void requested(std::string_view) override {}
  void warning(std::string_view what) override { said.emplace_back(what); }
  void error(const Error&) override {}

  std::vector<std::string> said;
};

/// A test with a folder of its own.
class BsonStreamTest : public testing::Test {
 protected:
  BsonStreamTest() {
    std::string name = testing::TempDir() + "/bson_stream_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~BsonStreamTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const Text& content, const std::string& name = "oplog.bson") {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  // A pipe under a name, into which a thread writes `content` in pieces.
  std::string pipe(const Text& content, std::size_t piece) {
    const std::string path = folder_ + "/pipe";
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    writer_ = std::jthread([path, content, piece] {
      const UniqueFd fd(::open(path.c_str(), O_WRONLY));
      for (std::size_t at = 0; at < content.size(); at += piece) {
        const auto size = std::min(piece, content.size() - at);
        if (::write(fd.get(), content.data() + at, size) < 0) return;
      }
    });
    return path;
  }

  std::string folder_;
  std::jthread writer_;
};

struct Outcome {
  std::vector<bson::OwnedDocument> entries;
  std::optional<Error> error;
};

inline Outcome read_all(oplog::Source& source) {
  Outcome outcome;
  while (true) {
    auto batch = source.next();
    if (!batch) {
      outcome.error = batch.error();
      return outcome;
    }
    if (!*batch) return outcome;
    for (const bson::Document entry : (*batch)->entries) outcome.entries.emplace_back(entry);
  }
}

inline Outcome read_files(std::vector<std::string> paths, BsonStreamOptions options = {}) {
  auto stream = BsonStream::open(std::move(paths), options);
  if (!stream) return {{}, stream.error()};
  return read_all(**stream);
}

inline bson::OwnedDocument entry(std::uint32_t seconds, std::uint32_t ordinal,
                                 std::size_t padding = 0) {
  return bson::Builder()
      .append("op", "i")
      .append("ns", "a.b")
      .open_document("o")
      .append("_id", static_cast<std::int32_t>(ordinal))
      .append("pad", std::string(padding, 'x'))
      .close()
      .append("ts", bson::Timestamp{seconds, ordinal})
      .append("t", std::int64_t{1})
      .take();
}

}  // namespace mongotail::source
