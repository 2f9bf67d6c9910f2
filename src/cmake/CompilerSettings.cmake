# mongotail::settings: warnings and sanitizers, for the project's own targets alone.

add_library(mongotail_settings INTERFACE)
add_library(mongotail::settings ALIAS mongotail_settings)
target_compile_options(
  mongotail_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                               -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast)
if(MONGOTAIL_WERROR)
  target_compile_options(mongotail_settings INTERFACE -Werror)
endif()
if(MONGOTAIL_SANITIZE)
  target_compile_options(mongotail_settings INTERFACE -fsanitize=${MONGOTAIL_SANITIZE}
                                                      -fno-sanitize-recover=all
                                                      -fno-omit-frame-pointer)
  # Where a sanitizer has split the code, g++ 12 takes optionals for uninitialized (GCC bug 105562)
  # and strings that are put together for overlapping (105329).
  target_compile_options(mongotail_settings
                         INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-restrict>)
  target_link_options(mongotail_settings INTERFACE -fsanitize=${MONGOTAIL_SANITIZE})
endif()
if(MONGOTAIL_FUZZ)
  target_compile_options(mongotail_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
