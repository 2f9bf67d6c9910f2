#include "serve/metrics.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>

namespace mongotail::serve {
namespace {

class Text {
 public:
  template <typename Number>
  void add(std::string_view name, std::string_view type, std::string_view help, Number value) {
    head(name, type, help);
    fmt::format_to(std::back_inserter(out_), "mongotail_{} {}\n", name, value);
  }

  void head(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(out_), "# HELP mongotail_{0} {2}\n# TYPE mongotail_{0} {1}\n",
                   name, type, help);
  }

  std::string& out() { return out_; }

 private:
  std::string out_;
};

void add_hub(Text& text, const Hub& hub) {
  const Hub::Counters& counters = hub.counters();
  text.add("operations_total", "counter", "Operations published.", counters.operations);
  text.add("bytes_total", "counter", "Bytes of the operations published, as lines.",
           counters.bytes);
  text.add("delivered_total", "counter", "Operations handed to subscribers.", counters.delivered);
  text.add("subscribers", "gauge", "Current subscribers.", hub.subscribers());
  text.add("catch_ups_total", "counter", "Catch-up reads started.", counters.catch_ups);
  text.add("ring_bytes", "gauge", "Memory used by the newest operations.", hub.ring().memory());
  text.add("newest_timestamp_seconds", "gauge", "Oplog time up to which everything is published.",
           hub.ring().top().optime.ts.seconds);
  text.head("drops_total", "counter", "Streams that ended early, by reason.");
  constexpr std::array reasons = {End::Reason::slow, End::Reason::lost, End::Reason::rolled_back,
                                  End::Reason::failed};
  for (const End::Reason reason : reasons) {
    const auto found = counters.ends.find(reason);
    fmt::format_to(std::back_inserter(text.out()), "mongotail_drops_total{{reason=\"{}\"}} {}\n",
                   name_of(reason), found == counters.ends.end() ? 0 : found->second);
  }
}

}  // namespace

std::string metrics_text(const ServerFacts& facts, const Hub* hub) {
  Text text;
  text.add("up", "gauge", "1 if MongoDB is reachable.", facts.up ? 1 : 0);
  text.add("lag_seconds", "gauge", "Age of the newest operation when it was published.",
           facts.lag_seconds);
  text.add("entries_total", "counter", "Entries with operations that subscribers may see.",
           facts.entries);
  text.add("sent_bytes_total", "counter", "Bytes sent in streams.", facts.bytes_sent);
  text.add("requests_total", "counter", "Requests received.", facts.requests);
  text.add("refused_total", "counter", "Requests refused.", facts.refused);
  text.add("connections", "gauge", "Current connections.", facts.connections);
  text.add("catch_ups_running", "gauge", "Catch-up reads in progress.", facts.catch_ups_running);
  text.add("catch_ups_waiting", "gauge", "Subscribers waiting for a catch-up read.",
           facts.catch_ups_waiting);
  if (hub != nullptr) add_hub(text, *hub);
  return std::move(text.out());
}

}  // namespace mongotail::serve
