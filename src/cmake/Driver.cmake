# mongotail::libbson and mongotail::libmongoc, whichever series of the driver is installed:
# 2.x is packaged as `bson` and `mongoc`, 1.x as `bson-1.0` and `mongoc-1.0`.

add_library(mongotail_libbson INTERFACE)
add_library(mongotail::libbson ALIAS mongotail_libbson)
add_library(mongotail_libmongoc INTERFACE)
add_library(mongotail::libmongoc ALIAS mongotail_libmongoc)

find_package(mongoc CONFIG QUIET)
if(mongoc_FOUND)
  find_package(bson CONFIG REQUIRED)
  # 1.30 brings these names too, and means its static library by the plain one.
  foreach(library bson mongoc)
    if(TARGET ${library}::shared)
      target_link_libraries(mongotail_lib${library} INTERFACE ${library}::shared)
    else()
      target_link_libraries(mongotail_lib${library} INTERFACE ${library}::${library})
    endif()
  endforeach()
  message(STATUS "libmongoc ${mongoc_VERSION}")
else()
  find_package(mongoc-1.0 1.23 CONFIG REQUIRED)
  find_package(bson-1.0 1.23 CONFIG REQUIRED)
  target_link_libraries(mongotail_libbson INTERFACE mongo::bson_shared)
  target_link_libraries(mongotail_libmongoc INTERFACE mongo::mongoc_shared)
  message(STATUS "libmongoc ${mongoc-1.0_VERSION}")
endif()
